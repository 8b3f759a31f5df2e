// fuzz: feeds one parser of `FuzzSubjects` from libFuzzer. `scripts/fuzz` builds and runs it.

import CFuzzer
import FuzzSubjects
import Synchronization

/// Runs libFuzzer on the target whose name the program is called by: libFuzzer starts copies of
/// itself and hands them nothing but options of its own.
@main
enum Fuzz {
    /// A lock only because C calls back without a context; there is one thread.
    static let subject = Mutex<(any FuzzSubject)?>(nil)

    static func main() {
        let name = CommandLine.arguments[0].split(separator: "/").last.map(String.init)
        guard let target = FuzzTarget(rawValue: name ?? "") else {
            let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
            fatalError("link this program to one of these names and call it by that: \(names)")
        }
        subject.withLock { $0 = target.makeSubject() }
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? =
            CommandLine.unsafeArgv
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
