package import Primitives

/// Who has numbers of other rooms for `/metrics`: the relay, the process.
package protocol MetricsSource {
    /// Adds whole families. Called while a request is answered: it may wait for the workers.
    func add(to text: inout MetricsText, at now: Now)
}
