"""The same answers in the wire format of OpenAI's API, for programs that speak only that."""
