"""What happens to one article, pure: bytes in, an enriched article or a rejection out."""
