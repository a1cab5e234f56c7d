"""The four stages as plain Python programs over the library, for peers that run programs."""
