"""Training a small network to see as a large one does, on pictures drawn here."""
