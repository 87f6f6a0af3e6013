"""BIG-Bench Hard (Suzgun et al. 2022): 27 tasks of BIG-bench at which models were worse than people."""
