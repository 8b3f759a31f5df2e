/// Everything a configuration says, as values; defaults are those of a file without lines.
///
/// The Appliance maps it to the settings of the relay. A field exists for each key that is
/// honoured, mapped or kept for later; `KeyTable` documents each key's text form, unit and bounds.
package struct ServerConfiguration: Sendable, Equatable {
    package var listening = Listening()
    package var relay = Relay()
    package var credentials = Credentials()
    package var web = Web()
    package var calls = Calls()
    package var limits = Limits()
    package var peers = PeerRules()
    package var stun = STUNBehaviour()
    package var streams = Streams()
    package var log = LogSettings()
    package var metrics = Metrics()
    package var process = ProcessSettings()

    package init() {}
}
