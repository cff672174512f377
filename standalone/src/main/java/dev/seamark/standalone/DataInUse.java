package dev.seamark.standalone;

/** Another process works on the data folder. */
final class DataInUse extends Exception {
  private static final long serialVersionUID = 1;

  DataInUse(String message) {
    super(message);
  }
}
