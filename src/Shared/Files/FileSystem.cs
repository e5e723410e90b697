using Microsoft.Win32.SafeHandles;

namespace Cs336.Tokenizers;

/// <summary>
/// What the system does with files and their names. Only Windows refuses to rename, replace or delete a file because it is open;
/// a test puts a system in this one's place that refuses the same.
/// </summary>
internal class FileSystem
{
    private static readonly FileSystem Own = new();
    private static readonly AsyncLocal<FileSystem?> Substitute = new();

    /// <summary>The system's own, or what a test has put in its place for itself and for the threads that it starts.</summary>
    public static FileSystem Current
    {
        get => Substitute.Value ?? Own;
        set => Substitute.Value = value;
    }

    /// <summary>Whether an open file keeps its name, and keeps the folders that it lies in from being renamed.</summary>
    public virtual bool HoldsOpenFiles => OperatingSystem.IsWindows();

    /// <summary>How long to wait for another program to close a file. Virus scanners and indexers are done within a second.</summary>
    public virtual TimeSpan Patience => TimeSpan.FromSeconds(2);

    public virtual SafeFileHandle OpenHandle(string path, FileMode mode, FileAccess access, FileShare share) =>
        File.OpenHandle(path, mode, access, share);

    public virtual FileStream OpenStream(string path, FileMode mode, FileAccess access, FileShare share) =>
        new(path, mode, access, share);

    /// <summary>Renames a file, over another where there is one. Windows refuses that while anybody has the other open.</summary>
    public virtual void Move(string from, string to) => File.Move(from, to, overwrite: true);

    /// <summary>Renames a file over another, which Windows allows where all who have that one open share its deletion.</summary>
    public virtual void Replace(string from, string to) => File.Replace(from, to, destinationBackupFileName: null);

    public virtual void Delete(string path) => File.Delete(path);

    public virtual void MoveFolder(string from, string to) => Directory.Move(from, to);

    public virtual void DeleteFolder(string path, bool recursive) => Directory.Delete(path, recursive);
}
