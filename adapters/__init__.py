"""One foreign kind of input per file, each turned into a Source or a Stream of batches."""
