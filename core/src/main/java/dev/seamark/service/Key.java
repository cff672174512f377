package dev.seamark.service;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * One key of the configuration file: what it is for and what holds when the file doesn't name it.
 * Stands at a component of a configuration record; the key is the component's name in kebab case.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Key {
  /** The {@link #fallback} of a key without one: such a key must be given, or is nullable. */
  String NO_FALLBACK = "\0";

  /** Why an operator would change it, and why the default is what it is. */
  String why();

  /** The default, in YAML as the file would say it: {@code 50ms}, {@code [a, b]}. */
  String fallback() default NO_FALLBACK;

  /**
   * What a number counts. {@code bytes} makes the key accept sizes such as {@code 64MiB}; a
   * {@code port} moves with {@code --port-offset}.
   */
  String unit() default "";

  /** The smallest value allowed, in the key's own notation; for numbers, sizes and durations. */
  String min() default "";

  /** The largest value allowed, in the key's own notation; for numbers, sizes and durations. */
  String max() default "";
}
