"""Tasks without one right answer: another model judges, as in MT-bench (Zheng et al. 2023)."""
