// STUN: the codec for STUN messages (RFC 8489), their attributes, and ChannelData framing (RFC 8656 §12.4).
