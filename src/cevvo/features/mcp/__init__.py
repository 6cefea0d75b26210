"""The Model Context Protocol: agents ask, search and read the knowledge base."""
