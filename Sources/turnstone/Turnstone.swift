@main
enum Turnstone {
    static func main() {}
}
