"""The fault harness: workers and broker are attacked from a seed, then the books compared."""
