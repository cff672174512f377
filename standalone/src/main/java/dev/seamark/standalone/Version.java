package dev.seamark.standalone;

import picocli.CommandLine.IVersionProvider;

/** What {@code --version} says: the version in the jar's manifest. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String version = Version.class.getPackage().getImplementationVersion();
    return new String[] {
      "seamark " + (version == null ? "(not packaged)" : version), "JVM " + Runtime.version()
    };
  }
}
