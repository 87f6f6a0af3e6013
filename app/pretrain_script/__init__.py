"""The parts of the script that :mod:`app.pretrain_code` puts together. Each makes text from a spec."""
