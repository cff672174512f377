package dev.seamark.benchmarks.compare;

import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The command line: words {@code --name value}. */
record Options(Map<String, String> given) {
  static Options of(String... arguments) {
    var given = new HashMap<String, String>();
    for (var i = 0; i + 1 < arguments.length; i += 2) {
      if (!arguments[i].startsWith("--")) {
        throw new IllegalArgumentException("not an option: " + arguments[i]);
      }
      given.put(arguments[i].substring(2), arguments[i + 1]);
    }
    return new Options(given);
  }

  String text(String name, String fallback) {
    return given.getOrDefault(name, fallback);
  }

  double number(String name, double fallback) {
    return given.containsKey(name) ? Double.parseDouble(given.get(name)) : fallback;
  }

  int whole(String name, int fallback) {
    return (int) number(name, fallback);
  }

  boolean has(String name) {
    return given.containsKey(name);
  }

  URI address(String name) {
    return URI.create(text(name, ""));
  }

  Path path(String name) {
    return Path.of(text(name, ""));
  }
}
