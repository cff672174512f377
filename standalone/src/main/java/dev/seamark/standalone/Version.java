package dev.seamark.standalone;

import picocli.CommandLine.IVersionProvider;

/** What {@code --version} says: the version in the jar's manifest. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {"seamark " + text(), "JVM " + Runtime.version()};
  }

  static String text() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "(not packaged)" : version;
  }
}
