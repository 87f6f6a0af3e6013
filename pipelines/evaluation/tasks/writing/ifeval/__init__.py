"""IFEval (Zhou et al. 2023): instructions whose following can be checked without a judge."""
