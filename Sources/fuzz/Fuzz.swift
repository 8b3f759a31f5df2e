// fuzz: feeds one parser of `FuzzSubjects` from libFuzzer. `scripts/fuzz` builds and runs it.

import CFuzzer
import FuzzSubjects
import Synchronization

/// Runs libFuzzer on the target that the first argument names; the others are libFuzzer's own.
@main
enum Fuzz {
    /// A lock only because C calls back without a context; there is one thread.
    static let subject = Mutex<(any FuzzSubject)?>(nil)

    static func main() {
        guard CommandLine.arguments.count > 1,
            let target = FuzzTarget(rawValue: CommandLine.arguments[1])
        else {
            let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: " | ")
            fatalError("usage: fuzz (\(names)) [libFuzzer options] [corpus]")
        }
        subject.withLock { $0 = target.makeSubject() }
        // libFuzzer reads the arguments as its own: drop the target's name from among them.
        var count = CommandLine.argc - 1
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? =
            CommandLine.unsafeArgv + 1
        CommandLine.unsafeArgv[1] = CommandLine.unsafeArgv[0]
        _ = LLVMFuzzerRunDriver(&count, &arguments, testOneInput)
    }
}

/// One input. Debug builds of the runtime look it up by its C name.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
    let input = UnsafeBufferPointer(start: data, count: size)
    Fuzz.subject.withLock { $0?.run(input.span) }
    return 0
}
