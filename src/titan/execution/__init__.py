"""From intent to fill: desk, sagas, reconciliation. Uses `ports`, `risk`, `portfolio`, `model`."""
