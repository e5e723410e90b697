using System.Net;
using System.Net.Sockets;

namespace StoryServer.Web;

/// <summary>Who sends a request, for turns and limits: the server sees it, and nothing that the request says of itself counts.</summary>
internal static class Client
{
    /// <summary>The connection's address; of IPv6 its network's 64 bits, since whoever has one of its addresses has them all.</summary>
    public static string Of(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is not IPAddress address) return "";
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? Convert.ToHexString(address.GetAddressBytes(), 0, 8)
            : address.ToString();
    }
}
