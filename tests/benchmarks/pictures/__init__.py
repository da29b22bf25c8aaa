"""The pictures of docs/how-it-decides.md: simulated movements, drawn with what the real detector made of them."""
