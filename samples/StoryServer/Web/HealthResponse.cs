using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace StoryServer.Web;

/// <summary>Writes a health report with what each check says.</summary>
internal static class HealthResponse
{
    public static Task WriteAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(new
    {
        Status = report.Status.ToString(),
        Checks = report.Entries.ToDictionary(
            entry => entry.Key, entry => new { Status = entry.Value.Status.ToString(), entry.Value.Description, entry.Value.Data }),
    });
}
