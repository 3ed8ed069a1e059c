//! The files an artifact reads: one walk, a stat index, content digests, the difference between two of them.
