using System.Globalization;
using System.Numerics;
using System.Text;
using System.Xml;

namespace Cs336.Charts;

/// <summary>Draws shapes that stay sharp at any size and text that can be searched and selected.</summary>
internal sealed class SvgDrawing : IDrawing
{
    private const float CapitalHeightOfFont = 0.72f; // of the size, in the usual sans-serif fonts
    private readonly MemoryStream _stream = new();
    private readonly XmlWriter _xml;
    private int _clips;
    private bool _inClip;

    public SvgDrawing(int width, int height)
    {
        _xml = XmlWriter.Create(_stream, new XmlWriterSettings { Encoding = new UTF8Encoding(false), OmitXmlDeclaration = true });
        _xml.WriteStartElement("svg", "http://www.w3.org/2000/svg");
        Attributes(("viewBox", $"0 0 {width} {height}"), ("font-family", "system-ui, sans-serif"));
        Fill(new Box(0, 0, width, height), new Rgb(255, 255, 255));
    }

    public Box? Clip
    {
        set
        {
            if (_inClip) _xml.WriteEndElement();
            _inClip = value is not null;
            if (value is not Box box) return;
            string id = $"c{++_clips}";
            _xml.WriteStartElement("clipPath");
            Attributes(("id", id));
            Rectangle(box);
            _xml.WriteEndElement();
            _xml.WriteEndElement();
            _xml.WriteStartElement("g");
            Attributes(("clip-path", $"url(#{id})"));
        }
    }

    public void Fill(Box box, Rgb color)
    {
        Rectangle(box);
        Attributes(("fill", Hex(color)));
        _xml.WriteEndElement();
    }

    public void Stroke(IReadOnlyList<Vector2> points, float width, Rgb color, float opacity = 1)
    {
        if (points.Count == 0) return;
        if (points.Count == 1)
        {
            _xml.WriteStartElement("circle");
            Attributes(
                ("cx", Number(points[0].X)), ("cy", Number(points[0].Y)), ("r", Number(width / 2)), ("fill", Hex(color)),
                ("fill-opacity", Number(opacity)));
        }
        else
        {
            _xml.WriteStartElement("polyline");
            Attributes(
                ("points", string.Join(' ', points.Select(point => $"{Number(point.X)},{Number(point.Y)}"))), ("fill", "none"),
                ("stroke", Hex(color)),
                ("stroke-width", Number(width)), ("stroke-opacity", Number(opacity)), ("stroke-linecap", "round"),
                ("stroke-linejoin", "round"));
        }
        _xml.WriteEndElement();
    }

    public void Text(string text, Vector2 start, float size, Rgb color, bool bold = false, bool upwards = false)
    {
        _xml.WriteStartElement("text");
        Attributes(("x", Number(start.X)), ("y", Number(start.Y)), ("font-size", Number(size / CapitalHeightOfFont)), ("fill", Hex(color)));
        // The layout was made with the widths of the stroke font: letters are spread or pressed to them, whatever font is at hand.
        if (text.Length > 1) Attributes(("textLength", Number(StrokeFont.Measure(text, size))), ("lengthAdjust", "spacingAndGlyphs"));
        if (bold) Attributes(("font-weight", "bold"));
        if (upwards) Attributes(("transform", $"rotate(-90 {Number(start.X)} {Number(start.Y)})"));
        _xml.WriteString(text);
        _xml.WriteEndElement();
    }

    public void Save(Stream stream)
    {
        Clip = null;
        _xml.WriteEndElement();
        _xml.Flush();
        _stream.WriteTo(stream);
    }

    private void Rectangle(Box box)
    {
        _xml.WriteStartElement("rect");
        Attributes(("x", Number(box.Left)), ("y", Number(box.Top)), ("width", Number(box.Width)), ("height", Number(box.Height)));
    }

    private void Attributes(params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        foreach ((string name, string value) in attributes) _xml.WriteAttributeString(name, value);
    }

    private static string Hex(Rgb color) => $"#{color.Red:x2}{color.Green:x2}{color.Blue:x2}";

    private static string Number(float value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
