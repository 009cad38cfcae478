"""Read architectures as people really write them."""
