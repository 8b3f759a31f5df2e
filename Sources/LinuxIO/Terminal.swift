import CLinux

/// One of the three standard streams of the process.
package enum StandardStream: Int32, Sendable {
    case input = 0
    case output = 1
    case error = 2

    package var isTerminal: Bool { ts_is_terminal(rawValue) == 1 }

    /// Columns of the terminal; nil when it is none.
    package var columns: Int? {
        let columns = ts_terminal_columns(rawValue)
        return columns > 0 ? Int(columns) : nil
    }

    /// Writes all of the text. A reader that has gone is no error here: who would be told?
    package func write(_ text: String) {
        try? File.writeAll(rawValue, Array(text.utf8))
    }

    /// Everything up to the end of the stream; above `max` bytes it is `messageTooLong`.
    package func readAll(max: Int) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = block.withUnsafeMutableBytes { ts_read(rawValue, $0.baseAddress, $0.count) }
            guard try check(count, "read") > 0 else { return bytes }
            bytes += block.prefix(Int(count))
            guard bytes.count <= max else { throw SystemError(.messageTooLong, call: "read") }
        }
    }
}
