"""What pairs and votes say together: agreement, ratings, quality, win rates, the loop's rows. Pure."""
