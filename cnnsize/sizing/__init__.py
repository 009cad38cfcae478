"""From a parsed architecture to a sized network: options, walk, receptive field, totals."""
