// turnstone: the program. Words come in, effects of LinuxIO, Appliance and Configuration happen,
// text and an exit code go out. What the words mean and how answers look is decided in Admin.

import LinuxIO

@main
enum Turnstone {
    static func main() {
        Process.exit(Program.run(Array(CommandLine.arguments.dropFirst())))
    }
}
