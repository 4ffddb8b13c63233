import { context, type Span, SpanStatusCode, trace } from '@opentelemetry/api';

/**
 * Runs `work` in a span. Without an OpenTelemetry SDK registered in the process the API is a no-op, so the hooks cost
 * nothing where nobody looks.
 */
export async function traced<T>(
  name: string,
  attributes: Record<string, string | number>,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const span = trace.getTracer('agentos').startSpan(name, { attributes });
  try {
    return await context.with(trace.setSpan(context.active(), span), () => work(span));
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}
