package dev.seamark.standalone;

/** A start that an operator has to mend something for; the message says what. */
final class Refused extends Exception {
  private static final long serialVersionUID = 1;

  Refused(String message) {
    super(message);
  }
}
