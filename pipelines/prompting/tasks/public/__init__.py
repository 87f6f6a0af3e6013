"""The sets of the literature, from a local file or from the Hub; none of their data is in this repository."""
