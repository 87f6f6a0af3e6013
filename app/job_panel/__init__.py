"""The job panel: progress, curves, samples, log and controls of one job. Every long task uses it."""

from app.job_panel.panel import JobPanel, job_panel

__all__ = ["JobPanel", "job_panel"]
