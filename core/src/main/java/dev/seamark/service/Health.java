package dev.seamark.service;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/**
 * What keeps a service from being well. Liveness says whether a restart would help, readiness
 * whether requests should come here now; both name their reasons. Thread-safe.
 *
 * <p>Checks run on the event loop whenever an operator asks: each looks at a field and returns.
 */
public final class Health {
  /** Why a check isn't passed. */
  public record Problem(String check, String reason) {}

  private record Check(String name, Supplier<Optional<String>> problem) {}

  private final List<Check> live = new CopyOnWriteArrayList<>();
  private final List<Check> ready = new CopyOnWriteArrayList<>();

  /** Adds a check that only a restart would mend; the supplier gives the reason, or empty. */
  public void live(String name, Supplier<Optional<String>> problem) {
    live.add(new Check(name, problem));
  }

  /** Adds a check that must pass before requests come here; gives the reason, or empty. */
  public void ready(String name, Supplier<Optional<String>> problem) {
    ready.add(new Check(name, problem));
  }

  /** What only a restart would mend. */
  public List<Problem> liveness() {
    return problems(live);
  }

  /** What keeps requests away; a service that isn't live isn't ready either. */
  public List<Problem> readiness() {
    var problems = new ArrayList<>(problems(live));
    problems.addAll(problems(ready));
    return List.copyOf(problems);
  }

  private static List<Problem> problems(List<Check> checks) {
    return checks.stream()
        .flatMap(check -> reason(check).map(why -> new Problem(check.name(), why)).stream())
        .toList();
  }

  /**
   * A check that can't say whether it is passed isn't: the operator gets an answer all the same.
   */
  private static Optional<String> reason(Check check) {
    try {
      return check.problem().get();
    } catch (RuntimeException e) {
      return Optional.of("its check failed, by a bug: " + e);
    }
  }
}
