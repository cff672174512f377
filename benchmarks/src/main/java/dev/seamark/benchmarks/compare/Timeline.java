package dev.seamark.benchmarks.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;

/** Rows acknowledged and rows behind, second by second, and their picture. */
final class Timeline {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 220;
  private static final int LEFT = 90;
  private static final String[] COLOURS = {"#1f77b4", "#d62728", "#2ca02c", "#9467bd"};

  /**
   * @param rows acknowledged so far, by signal
   * @param lag rows not stored yet
   */
  private record Second(Map<String, Long> rows, double lag) {}

  private final List<Second> seconds = new ArrayList<>();

  void add(Map<String, Long> rows, double lag) {
    seconds.add(new Second(rows, lag));
  }

  /** The lag of the last seconds: mean of their first and of their last third, and the highest. */
  String lag(int last) {
    var of = seconds.subList(Math.max(0, seconds.size() - last), seconds.size());
    var third = Math.max(1, of.size() / 3);
    return String.format(
        Locale.ROOT,
        "lag in rows: mean %,.0f in the first third, %,.0f in the last, highest %,.0f",
        mean(of.subList(0, third)),
        mean(of.subList(of.size() - third, of.size())),
        of.stream().mapToDouble(Second::lag).max().orElse(0));
  }

  private static double mean(List<Second> of) {
    return of.stream().mapToDouble(Second::lag).average().orElse(0);
  }

  /** An SVG with a curve for each signal's rate and one for the lag. */
  void write(Path file, String title) throws IOException {
    var signals = new TreeSet<String>();
    seconds.forEach(it -> signals.addAll(it.rows().keySet()));
    var svg = new StringBuilder();
    svg.append(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">%n"
            .formatted(WIDTH, (signals.size() + 1) * HEIGHT));
    svg.append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
    var number = 0;
    for (var signal : signals) {
      var rates = rates(signal);
      curve(svg, number++, title + ": " + signal + " acknowledged, rows/s", rates);
    }
    var lag = seconds.stream().mapToDouble(Second::lag).toArray();
    curve(svg, number, title + ": rows not stored yet", lag);
    svg.append("</svg>\n");
    Files.writeString(file, svg);
  }

  private double[] rates(String signal) {
    ToDoubleFunction<Second> count = it -> it.rows().getOrDefault(signal, 0L);
    var rates = new double[seconds.size()];
    for (var i = 1; i < rates.length; i++) {
      rates[i] = count.applyAsDouble(seconds.get(i)) - count.applyAsDouble(seconds.get(i - 1));
    }
    return rates;
  }

  private static void curve(StringBuilder svg, int number, String what, double[] values) {
    var top = number * HEIGHT + 30;
    var height = HEIGHT - 60;
    var highest = 1.0;
    for (var value : values) {
      highest = Math.max(highest, value);
    }
    svg.append("<text x=\"%d\" y=\"%d\">%s</text>%n".formatted(LEFT, top - 8, what));
    svg.append(
        String.format(Locale.ROOT, "<text x=\"4\" y=\"%d\">%,.0f</text>%n", top + 10, highest));
    svg.append("<text x=\"4\" y=\"%d\">0</text>%n".formatted(top + height));
    svg.append("<text x=\"%d\" y=\"%d\">%d s</text>%n"
        .formatted(WIDTH - 40, top + height + 16, values.length));
    svg.append(
        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"none\" stroke=\"#ccc\"/>%n"
            .formatted(LEFT, top, WIDTH - LEFT - 10, height));
    svg.append("<polyline fill=\"none\" stroke=\"%s\" points=\""
        .formatted(COLOURS[number % COLOURS.length]));
    for (var i = 0; i < values.length; i++) {
      svg.append(String.format(
          Locale.ROOT,
          "%.1f,%.1f ",
          LEFT + (double) i / Math.max(1, values.length - 1) * (WIDTH - LEFT - 10),
          top + height - values[i] / highest * height));
    }
    svg.append("\"/>\n");
  }
}
