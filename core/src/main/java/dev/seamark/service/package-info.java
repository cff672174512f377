/** The service kernel: configuration, lifecycle, health, own metrics, the operator's endpoints. */
@NullMarked
package dev.seamark.service;

import org.jspecify.annotations.NullMarked;
