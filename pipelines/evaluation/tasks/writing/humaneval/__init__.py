"""HumanEval (Chen et al. 2021): functions to be completed, whose tests decide."""
