"""What happens to one pair of companies: state and message in, state and messages out."""
