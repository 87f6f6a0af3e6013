"""Tasks whose options a model scores, in lm-evaluation-harness's definitions."""
