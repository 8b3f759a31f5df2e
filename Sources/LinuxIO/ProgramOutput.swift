import CLinux

/// What another program said.
package struct ProgramOutput: Sendable, Hashable {
    /// Its exit code, or 128 and the signal that ended it.
    package let code: Int32
    package let output: [UInt8]
    /// What it wrote to standard error, cut.
    package let errors: String

    /// Where programs for administrators are, in the system's order.
    private static let folders = ["/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/"]
    private static let errorBytesMax = 2_048

    /// The path of a system's program; nil when it is not installed. PATH does not count: what is
    /// run as root is not for others to choose.
    package static func find(_ name: String) -> String? {
        folders.map { $0 + name }.first { ((try? File.status($0)) ?? nil)?.isRegular == true }
    }

    /// Runs the program at the path `words[0]` without input and environment, and waits for its
    /// end. It is killed after `seconds` (`timedOut`), or when it writes more than `bytesMax`
    /// (`messageTooLong`).
    package static func read(
        _ words: [String], seconds: Int = 5, bytesMax: Int
    ) throws(SystemError) -> ProgramOutput {
        var copies = words.map { $0.withCString { ts_copy_text($0) } }
        defer { for copy in copies { ts_free_text(copy) } }
        copies.append(nil)
        var output = [CChar](repeating: 0, count: bytesMax)
        var errors = [CChar](repeating: 0, count: errorBytesMax)
        var code: Int32 = 0
        var lengths = (output: 0, errors: 0)
        let result = output.withUnsafeMutableBufferPointer { output in
            errors.withUnsafeMutableBufferPointer { errors in
                var text = ts_text(
                    bytes: output.baseAddress, capacity: output.count, length: 0, isCut: 0)
                var words = ts_text(
                    bytes: errors.baseAddress, capacity: errors.count, length: 0, isCut: 0)
                let result = ts_capture(&copies, Int32(clamping: seconds), &text, &words, &code)
                lengths = (text.length, words.length)
                return result
            }
        }
        try check(result, "posix_spawn")
        return ProgramOutput(
            code: code, output: output.prefix(lengths.output).map { UInt8(bitPattern: $0) },
            errors: String(
                decoding: errors.prefix(lengths.errors).map { UInt8(bitPattern: $0) },
                as: UTF8.self))
    }
}
