"""MEXC: spot over protobuf streams, USDT- and USDC-margined perpetuals over JSON."""
