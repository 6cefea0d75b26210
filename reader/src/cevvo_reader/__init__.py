"""The weights of Cevvo's reader, ``reader.onnx``; ``MODEL_CARD.md`` says what they are."""
