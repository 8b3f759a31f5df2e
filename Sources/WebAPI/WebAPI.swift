// WebAPI: requests that applications make over HTTP, to answers.
//
// TURN credentials in every shape that clients in the field ask for, the state of the daemon for
// monitors, and a description of it all (OpenAPI). No socket, no clock, no hash: requests, the
// time and an issuer of credentials are arguments.
