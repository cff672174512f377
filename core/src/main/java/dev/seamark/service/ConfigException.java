package dev.seamark.service;

/**
 * A configuration that the service refuses to start with. The message names file, line, key and
 * what would be right; it never shows a value taken from the environment.
 */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public ConfigException(String message) {
    super(message);
  }
}
