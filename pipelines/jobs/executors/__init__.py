"""Ways to run a job directory: here, as a process group; elsewhere, whatever follows the same contract."""
