import Configuration

extension HookSettings {
    /// Nil where the application has no server that wants to know.
    init?(_ hooks: ServerConfiguration.Hooks) {
        guard let secret = hooks.secret, hooks.url != nil || hooks.resolverURL != nil else {
            return nil
        }
        self.init(
            eventURL: hooks.url, resolverURL: hooks.resolverURL, secret: Array(secret.utf8),
            push: hooks.canPush, caFile: hooks.authorityFile)
    }
}
