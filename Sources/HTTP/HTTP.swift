// HTTP: HTTP/1.1 as a sans-IO state machine.
