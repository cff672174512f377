package dev.seamark.standalone;

import picocli.CommandLine.Command;

/** {@code seamark keys}: what its subcommands share is their subject. */
@Command(
    description = "Makes keys for senders and readers, and checks the file that knows them.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class KeysCommand {}
