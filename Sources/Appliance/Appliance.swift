// Appliance: threads, listeners, and the wiring of actions to effects. No RFC rule lives here.
