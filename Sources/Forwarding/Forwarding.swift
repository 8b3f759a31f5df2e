// Forwarding: flow tables and the batch loop that turns received packets into packets to send.
