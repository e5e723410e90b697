using Cs336.Serving;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using StoryServer.Model;
using StoryServer.Settings;

namespace StoryServer.Web;

/// <summary>Answers what is wrong with a request in words, as problem details.</summary>
internal sealed partial class RequestProblems(IProblemDetailsService problems) : IExceptionHandler
{
    /// <summary>What to say of a status that ASP.NET Core itself answers with.</summary>
    public static string? Describe(HttpContext context, StorySettings settings) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => $"There is nothing at {context.Request.Path}.",
        StatusCodes.Status405MethodNotAllowed => $"{context.Request.Path} is not for {context.Request.Method}.",
        StatusCodes.Status413PayloadTooLarge => $"The request is too large: at most {settings.MaxRequestBytes} bytes are read.",
        StatusCodes.Status415UnsupportedMediaType => "Only application/json is read.",
        _ => null,
    };

    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        if (context.RequestAborted.IsCancellationRequested) return true; // nobody is there to read an answer
        (int status, string detail) = Judge(context, exception);
        context.Response.StatusCode = status;
        TimeSpan? delay = exception is BusyException waits
            ? waits.RetryAfter
            : exception is GenerationQueueFullException ? TimeSpan.FromSeconds(1)
            : null;
        if (delay is not null) context.Response.Headers.RetryAfter = ((int)Math.Ceiling(delay.Value.TotalSeconds)).ToString();
        return await problems.TryWriteAsync(
            new ProblemDetailsContext { HttpContext = context, ProblemDetails = new ProblemDetails { Status = status, Detail = detail } });
    }

    /// <summary>The status that an exception means, and what to say of it; one that is the server's own fault is logged.</summary>
    public static (int Status, string Detail) Judge(HttpContext context, Exception exception)
    {
        switch (exception)
        {
            case BadHttpRequestException bad: return (bad.StatusCode, Describe(bad));
            case BusyException busy: return (busy.StatusCode, busy.Message);
            case GenerationQueueFullException full: return (StatusCodes.Status429TooManyRequests, full.Message);
            case ObjectDisposedException or OperationCanceledException: return (
                StatusCodes.Status503ServiceUnavailable, "The server is about to stop.");
            case UnsoundRequestException unsound: return (StatusCodes.Status400BadRequest, unsound.Message);
            case TimeoutException: return (StatusCodes.Status504GatewayTimeout, "The model does not come back: the story was given up.");
            default:
                RequestFailed(
                    context.RequestServices.GetRequiredService<ILogger<RequestProblems>>(), exception, context.Request.Method,
                    context.Request.Path);
                return (StatusCodes.Status500InternalServerError, "The server has failed; its log says how.");
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "{Method} {Path} has failed")]
    private static partial void RequestFailed(ILogger logger, Exception exception, string method, string path);

    /// <summary>Where in the JSON something is wrong, and what: of half a surrogate only the innermost exception tells.</summary>
    private static string Describe(BadHttpRequestException exception) => exception.InnerException switch
    {
        null => exception.Message,
        { InnerException: { } cause } json when !json.Message.Contains(cause.Message, StringComparison.Ordinal) =>
            $"{json.Message} {cause.Message}",
        { } json => json.Message,
    };
}
